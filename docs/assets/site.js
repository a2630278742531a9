// Nothing here is needed to read a page: it only adds buttons that copy a step's LaTeX.
document.documentElement.classList.add("rl-script");
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".rl-tex");
  if (!button) return;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.tex);
    button.textContent = "✓";
  } catch {
    // A page from a disk may not write to the clipboard: the text is selected instead.
    window.prompt("LaTeX", button.dataset.tex);
  }
  setTimeout(() => { button.textContent = said; }, 1200);
});
