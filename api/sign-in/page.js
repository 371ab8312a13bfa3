// Signs in by better-auth, then goes on to the page that was asked for.
const form = document.querySelector('form');
const button = form.querySelector('button');
const problem = document.getElementById('problem');
const password = document.getElementById('password');

/** What to show when the sign-in was refused. */
async function reasonOf(response) {
  if (response.status === 401) return 'The e-mail or the password is wrong.';
  const problem = await response.json().catch(() => null);
  return problem?.detail ?? `This did not work (${response.status}). Try again.`;
}

async function signIn() {
  const body = JSON.stringify({ email: form.elements.email.value, password: password.value });
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(form.action, { method: 'POST', headers, body });
    return response.ok ? null : await reasonOf(response);
  } catch {
    return 'The server does not answer. Try again.';
  }
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = '';
  password.removeAttribute('aria-invalid');
  const reason = await signIn();
  if (reason === null) {
    location.replace(form.dataset.next);
    return;
  }
  button.disabled = false;
  problem.textContent = reason;
  password.setAttribute('aria-invalid', 'true');
  password.select();
});

form.elements.email.focus();
