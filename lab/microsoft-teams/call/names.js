import { words } from '../texts.js';

/** A name as the platform shows it: guests' names, which nobody has checked, say so. */
export const shownName = ({ name, badge }) =>
  badge === 'guest' || badge === 'unverified' ? `${name} ${words.badges[badge]}` : name;

/** The badge that stands beside the name, not in it. */
export const sideBadge = ({ badge }) => (badge === 'external' ? words.badges.external : null);
