// The help pages are plain documents without the web client: this is all that moves on them.
document.addEventListener("click", async (ev) => {
    const button = ev.target.closest("[data-copy]");
    if (button) {
        await copy(button.dataset.copy);
        button.classList.add("o_copied");
        button.focus();
        button.addEventListener("blur", () => button.classList.remove("o_copied"), { once: true });
    } else if (ev.target.closest("[data-print]")) {
        window.print();
    }
});

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        // Without https browsers keep the clipboard to themselves; a selection they still copy.
        const field = document.createElement("textarea");
        field.value = text;
        document.body.append(field);
        field.select();
        document.execCommand("copy");
        field.remove();
    }
}
