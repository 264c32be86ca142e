// The page works without this: the form sends the browser to the widget's page and back.
// With it there is a second button, which shows the widget in a dialog on this page.
const button = document.getElementById('in-dialog');
const problem = document.getElementById('problem');

if (button) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    problem.textContent = '';
    try {
      const asked = await fetch('/verify', {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ phone: document.getElementById('phone').value }),
      });
      const { address } = await asked.json();
      const answer = await window.ringproof.verify(address);
      // The answer is signed. Only the server, which has the secret, can tell whether it is true.
      const told = await fetch('/verify/back', { method: 'POST', body: new URLSearchParams(answer) });
      location.assign(told.url);
    } catch (error) {
      problem.textContent = error.message;
    }
  });
}
