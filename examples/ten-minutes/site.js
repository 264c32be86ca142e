// The page works without this: the form sends the browser to the widget's page and back.
// With it there is a second button, which shows the widget in a dialog on this page.
const button = document.getElementById('in-dialog');
const problem = document.getElementById('problem');

/** Posts a form, and gives what the site answers. */
async function ask(path, fields) {
  const headers = { accept: 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: new URLSearchParams(fields) });
  if (!response.ok) throw new Error('That did not work. Reload the page and try again.');
  return response.json();
}

if (button) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    problem.textContent = '';
    try {
      const phone = document.getElementById('phone').value;
      const { address } = await ask('/verify', { phone });
      // The answer is signed. Only the server, which has the secret, can tell whether it is true.
      const answer = await window.ringproof.verify(address);
      const { address: next } = await ask('/verify/back', answer);
      location.assign(next);
    } catch (error) {
      problem.textContent = error.message;
    }
  });
}
