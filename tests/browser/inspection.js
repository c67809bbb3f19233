// What is wrong with the page in front of us, as sentences: shape, labels, targets and contrast.
() => {
  const wrong = [];
  const root = document.documentElement;
  const shown = (element) => element.getClientRects().length > 0 && !element.closest(".hidden");
  const name = (element) => element.outerHTML.slice(0, 120);

  if (root.scrollWidth > root.clientWidth) wrong.push("it is wider than the screen");
  if (!["sv", "en"].includes(root.lang)) wrong.push("it does not say its language");
  const headings = document.querySelectorAll("h1").length;
  if (headings !== 1) wrong.push(`it has ${headings} main headings`);

  const fields = [...document.querySelectorAll("input:not([type=hidden]), select")];
  for (const field of fields) {
    if (!field.labels.length) wrong.push(`no label for ${name(field)}`);
  }

  // WCAG 2.2, 2.5.8: what is pressed is at least 24 pixels high; a label belongs to its box.
  const pressed = document.querySelectorAll("a[href], button, summary");
  for (const one of [...pressed, ...fields].filter(shown)) {
    if (one.matches(".skip")) continue;
    const target = ["checkbox", "radio"].includes(one.type) ? one.labels[0] : one;
    if (target.getBoundingClientRect().height < 24) wrong.push(`too small: ${name(one)}`);
  }

  // WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text of any size, 3 to 1 for the edge of a field.
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const linear = (part) =>
      part <= 0.04045 * 255 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    const [red, green, blue] = parts(color).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return parts(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const speaks = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  for (const element of [...document.querySelectorAll("body *")].filter(shown).filter(speaks)) {
    const ratio = contrast(getComputedStyle(element).color, behind(element));
    if (ratio < 4.5) wrong.push(`too pale, ${ratio.toFixed(1)}: ${name(element)}`);
  }
  for (const field of fields.filter(shown)) {
    const ratio = contrast(getComputedStyle(field).borderTopColor, behind(field.parentElement));
    if (ratio < 3) wrong.push(`too pale an edge, ${ratio.toFixed(1)}: ${name(field)}`);
  }
  return wrong;
}
