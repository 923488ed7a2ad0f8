// Asks the browser for a passkey. The form of the page holds what is asked (`asked`), and takes what is answered (`answer`).

const form = document.querySelector('form[id^="passkey-"]:has([name="asked"])');
const field = (name) => form.elements.namedItem(name);
const said = document.createElement('p');
said.setAttribute('role', 'status');
said.className = 'text';
form.append(said);

const isNew = form.id === 'passkey-new';
const knows = window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential?.parseRequestOptionsFromJSON;

function ask() {
  const { publicKey } = JSON.parse(field('asked').value);
  return isNew
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

/** What the browser says when there is no answer, as people say it. */
function why(error) {
  if (error.name === 'InvalidStateError') return 'This device holds a passkey of yours already.';
  if (error.name === 'NotSupportedError') return 'This device makes no passkeys.';
  return 'No passkey was given. Press the button to try again.';
}

// A second press while the browser asks is none.
let isAsking = false;

async function go() {
  if (isAsking) return;
  isAsking = true;
  said.textContent = 'Your browser asks for the passkey.';
  try {
    field('answer').value = JSON.stringify((await ask()).toJSON());
  } catch (error) {
    said.textContent = why(error);
    isAsking = false;
    return;
  }
  // What was asked is known where it was asked.
  field('asked').remove();
  form.submit();
}

if (knows) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    go();
  });
} else {
  said.textContent = 'This browser knows no passkeys: use a newer one, or your password.';
}
