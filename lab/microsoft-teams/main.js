// The lab's imitation of the Microsoft Teams web client. Decides which screen is shown.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';

show(boot.page, h('h1', {}, boot.page === 'not_found' ? 'Meeting not found' : 'Microsoft Teams'));
