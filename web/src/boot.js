// Sets the theme that the reader chose before anything is drawn.
try {
  const theme = localStorage.getItem("metaboard-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be closed to this page; the system's theme stands.
}
