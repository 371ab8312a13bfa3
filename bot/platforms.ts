// Chooses the driver for a meeting platform. A driver is loaded when it is needed.
import type { LoadDriver } from './driver.ts';

/** The driver of the claim's platform. */
export const loadDriver: LoadDriver = async ({ meeting: { platform } }) => {
  switch (platform) {
    case 'google-meet':
      return (await import('./google-meet/google-meet.ts')).driver;
    case 'microsoft-teams':
      return (await import('./microsoft-teams/microsoft-teams.ts')).driver;
    case 'zoom':
      return (await import('./zoom/zoom.ts')).driver;
    default:
      return platform satisfies never;
  }
};
