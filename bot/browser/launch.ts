// What a library is given to start the browser with, and what it gives back.
import type { PagePort } from './page-port.ts';

export interface LaunchOptions {
  chromiumPath: string;
  /** The folder of the browser's profile, with its preferences. */
  profile: string;
  env: Record<string, string>;
  /** Whether Chromium's own sandbox can be used; not as root. */
  sandbox: boolean;
  timeoutMs: number;
  /** Chromium's flags. `features`: what the library switches on by itself, since one flag holds the whole list. */
  flags(features: readonly string[]): string[];
  /** Flags of the library's own that must not be set. */
  withoutFlags: readonly string[];
  /** The browser has ended. */
  onClosed(): void;
}

export interface LaunchedBrowser {
  page: PagePort;
  close(): Promise<void>;
}
