/** The data that the server put into this page (http/client-page.ts). */
export const boot = JSON.parse(document.querySelector('#boot').textContent);
document.documentElement.lang = boot.locale;
