(()=>{try{let t=localStorage.getItem("metaboard-theme");(t==="light"||t==="dark")&&(document.documentElement.dataset.theme=t)}catch{}})();
