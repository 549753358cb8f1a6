// Applies the chosen theme before the page is drawn.
try {
  const theme = localStorage.getItem("metaboard-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // The browser may deny storage. Then the theme of the system applies.
}
