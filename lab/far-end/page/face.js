import { FRAME_MS, GRID_MS, now, PULSE_MS } from './clock.js';

const WIDTH = 320;
const HEIGHT = 180;

/** A person's picture: a coloured tile with a name and something that moves. It flashes white every 2 s. */
export class Face {
  #paint;
  #name;
  #colour;
  #track;
  #speaking = false;

  constructor(name, colour) {
    this.#name = name;
    this.#colour = colour;
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    this.#paint = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    // 0: a frame is sent only when requested, so that flashes begin at the exact time.
    this.#track = canvas.captureStream(0).getVideoTracks()[0];
  }

  get track() {
    return this.#track;
  }

  speak(on) {
    this.#speaking = on;
  }

  draw() {
    const wall = now();
    const paint = this.#paint;
    const isFlash = (wall + FRAME_MS / 4) % GRID_MS < PULSE_MS;
    paint.fillStyle = isFlash ? '#ffffff' : this.#colour;
    paint.fillRect(0, 0, WIDTH, HEIGHT);
    if (!isFlash) this.#drawHead(wall / 1000);
    this.#track.requestFrame();
  }

  #drawHead(seconds) {
    const paint = this.#paint;
    const x = WIDTH / 2 + 6 * Math.sin(seconds * 1.3);
    const y = 76 + 2 * Math.cos(seconds * 1.7);
    const dot = (dx, dy, width, height) => {
      paint.beginPath();
      paint.ellipse(x + dx, y + dy, width, height, 0, 0, 2 * Math.PI);
      paint.fill();
    };
    paint.fillStyle = 'rgba(255, 255, 255, 0.82)';
    dot(0, 0, 30, 30);
    dot(0, 104, 76, 66);
    paint.fillStyle = this.#colour;
    dot(-10, -6, 3, 3);
    dot(10, -6, 3, 3);
    dot(0, 12, 9, this.#speaking ? 3 + 3 * Math.abs(Math.sin(seconds * 9)) : 1.5);
    paint.font = '600 15px system-ui, sans-serif';
    paint.textAlign = 'center';
    paint.fillText(this.#name, x, 158, 110);
  }

  close() {
    this.#track.stop();
  }
}
