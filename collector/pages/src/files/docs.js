// Swagger UI on our own document. It asks nobody else: no validator, no fonts, no examples from elsewhere.

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

window.ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  // A link within the button that opens an operation could not be told from it by who hears the page.
  deepLinking: false,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});

/** Names what Swagger UI leaves without a name for who hears the page, and lets keys scroll what scrolls. */
function mend() {
  for (const field of page.querySelectorAll('select:not([aria-label]), textarea:not([aria-label]), input:not([aria-label])')) {
    if (field.labels?.length) continue;
    const parameter = field.closest('tr[data-param-name]')?.dataset.paramName;
    field.setAttribute('aria-label', parameter ?? (field.matches('textarea') ? 'request body' : 'value'));
  }
  for (const example of page.querySelectorAll('.microlight:not([tabindex])')) example.tabIndex = 0;
}

/** Takes the keys into a dialog that is open, and Escape out of it: Swagger UI leaves them behind it. */
function lead() {
  const dialog = page.querySelector('.modal-ux');
  if (dialog && !dialog.contains(document.activeElement)) dialog.querySelector('input, button')?.focus();
}
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') page.querySelector('.modal-ux .close-modal')?.click();
});

const page = document.getElementById('swagger-ui');
new MutationObserver(() => {
  mend();
  lead();
}).observe(page, { childList: true, subtree: true });
