// Addresses at which people sign in: the platform's own, and those of companies that have their own.
const HOSTS = /^(?:login|logon|signin|sign-in|sso|accounts?|auth|idp|adfs|sts|identity)[.-]/i;
const PATHS = /\/(?:signin|sign-in|login|logon|oauth2?|saml2?|sso|adfs)(?:\/|$)/i;

/** Whether an address that is not the meeting's is one at which people sign in. `hosts`: the platform's own. */
export function isSignIn(url: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, pathname } = new URL(url);
  return hosts.includes(hostname) || HOSTS.test(hostname) || PATHS.test(pathname);
}
