// The profile's preferences, written before the browser starts: what would ask the person before the
// screen, where there is none, is refused instead. Microphone and camera are granted to the meeting's
// origins later.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK = 2;

/** Chromium's names of what pages ask for. */
const ASKS = [
  ...['popups', 'automatic_downloads', 'geolocation', 'notifications', 'midi', 'midi_sysex', 'sensors'],
  ...['clipboard', 'idle_detection', 'local_fonts', 'window_placement', 'storage_access', 'payment_handler'],
  ...['usb_guard', 'serial_guard', 'bluetooth_guard', 'bluetooth_scanning', 'hid_guard'],
  ...['file_system_read_guard', 'file_system_write_guard', 'protocol_handlers', 'keyboard_lock'],
  ...['local_network_access', 'local_network', 'loopback_network'],
];

/** Links that other programs would open. Meeting pages try to open their apps. */
const FOREIGN_SCHEMES = [
  ...['msteams', 'ms-teams', 'zoommtg', 'zoomus', 'zoomphonecall', 'mailto', 'tel', 'sms', 'sip', 'sips'],
  ...['callto', 'skype', 'webex', 'slack', 'im', 'intent', 'market'],
];

const PREFERENCES = {
  // True: the browser does not ask whether to open them, and does not open them.
  protocol_handler: { excluded_schemes: Object.fromEntries(FOREIGN_SCHEMES.map((name) => [name, true])) },
  // The bot reads the pages' English texts.
  intl: { accept_languages: 'en-US,en', selected_languages: 'en-US,en' },
  // All downloads are blocked, whatever begins them.
  download_restrictions: 3,
  // A page that prints would open a dialog over itself.
  printing: { enabled: false },
  // Nothing is fetched that nobody has asked for yet.
  net: { network_prediction_options: 2 },
  profile: { default_content_setting_values: Object.fromEntries(ASKS.map((name) => [name, BLOCK])) },
};

/** Writes them into a new profile. */
export async function writePreferences(profile: string): Promise<void> {
  const folder = join(profile, 'Default');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'Preferences'), JSON.stringify(PREFERENCES));
}
