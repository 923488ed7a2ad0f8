// Builds elements. Text is always set as text: nothing that comes from outside is read as HTML.

/** An element with attributes, `class` among them, and children: elements or text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'on') for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (key === 'css') for (const [property, text] of Object.entries(value)) made.style.setProperty(property, text);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/** A number with so many decimals, with its sign where `signed`. */
export function number(value, decimals = 2, signed = false) {
  const text = Math.abs(value).toFixed(decimals);
  const isZero = Number(text) === 0;
  return (isZero ? '' : value < 0 ? '\u2212' : signed ? '+' : '') + text;
}

/** A share in [0,1] as percent. */
export const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

/** `no_face` as `no face`, `stress_level` as `stress level`. */
export const words = (name) => String(name).replaceAll('_', ' ');
