// The lab's imitation of the Zoom web client. Decides which screen is shown.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';

const invalid = 'This meeting link is invalid (3,001)';
show(boot.page, h('h1', {}, boot.page === 'not_found' ? invalid : 'Zoom'));
