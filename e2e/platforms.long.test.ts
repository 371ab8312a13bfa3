// A whole stay on each meeting platform, booked through the API and judged by the lab: the lobby, a host who lets the
// bot wait, people who come and go, who spoke, the recording. And a refusal at the door of each.
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-links/link.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab } from '../lab/server.ts';
import { expectPeople, turnShares } from './support/attended.ts';
import { eventually } from './support/eventually.ts';
import { evidence, onlyGuest, send } from './support/stay.ts';
import { expectGoodRecording, MINUTES, noRuntimeLeft } from './support/talk.ts';
import { startWorld, type World } from './support/world.ts';

/** Ada and Bruno are there first, Chloé comes later and leaves before the others do. */
const TALK = {
  participants: [
    { name: 'Ada Park', tone_hz: 330, is_host: true },
    { name: 'Bruno Keller', tone_hz: 440 },
    { name: 'Chloé Martin', tone_hz: 550, joins_after_ms: 6_000, leaves_after_ms: 26_000 },
  ],
  turns: [
    { name: 'Ada Park', from_ms: 5_000, to_ms: 11_000 },
    { name: 'Bruno Keller', from_ms: 11_500, to_ms: 17_500 },
    { name: 'Chloé Martin', from_ms: 18_000, to_ms: 24_000 },
    { name: 'Ada Park', from_ms: 25_000, to_ms: 29_000 },
  ],
  never_admit: true,
  everyone_leaves_after_ms: 32_000,
};

const STORY = [
  ...['SCHEDULED', 'QUEUED', 'DEPLOYING', 'JOINING_CALL', 'IN_WAITING_ROOM', 'bot.needs_action'],
  ...['bot.action_settled', 'IN_CALL', 'bot.recording_started', 'LEAVING', 'bot.recording_stopped', 'DONE'],
];

let lab: Lab;
let world: World;
beforeAll(async () => {
  lab = await startLab();
  world = await startWorld({ labOrigin: lab.origin });
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(world.logs());
});
afterAll(async () => {
  await world.close();
  await lab.close();
});

interface EventView {
  type: string;
  sub_code: string | null;
  payload: { to?: string; facts?: Record<string, unknown> };
}

async function eventsOf(botId: string): Promise<EventView[]> {
  return (await world.call<{ data: EventView[] }>('GET', `/v1/bots/${botId}/events?limit=200`)).body.data;
}

it.each(MEETING_PLATFORMS)(
  '%s: waits for the host, says so, attends, records, and leaves when everybody has left',
  async (platform) => {
    const sent = await send(
      world,
      lab,
      { ...TALK, platform },
      { automatic_leave: { needs_action_after_seconds: 5, everyone_left_timeout_seconds: 1 } },
    );
    const { id } = sent.bot;
    await world.untilStatus(id, ['IN_WAITING_ROOM'], MINUTES);
    const asked = await eventually('the bot asks for somebody', async () =>
      (await eventsOf(id)).find(({ type }) => type === 'bot.needs_action'),
    );
    expect(asked).toMatchObject({
      sub_code: 'waiting_for_admission',
      payload: { facts: { platform, remedy: expect.stringMatching(/\w+ \w+/) } },
    });
    lab.act(sent.code, 'admit');
    const bot = await world.untilStatus(id, ['DONE'], 2 * MINUTES);

    expect(bot).toMatchObject({ end_reason: 'everyone_left', meeting_platform: platform, attempt: 1 });
    expect(onlyGuest(lab, sent.code)).toMatchObject({
      ...{ name: 'Meeboter', microphone_on: false, camera_on: false, left_by: 'self' },
    });
    const told = (await eventsOf(id)).map(({ type, payload }) => payload.to ?? type);
    expect(told.filter((one) => STORY.includes(one))).toEqual(STORY);
    await expectPeople(lab, world, sent);
    const shares = await turnShares(lab, world, sent);
    expect(shares.told, `of what was said, ${JSON.stringify(shares)}`).toBeGreaterThanOrEqual(0.9);
    expect(shares.right, `of what was told, ${JSON.stringify(shares)}`).toBeGreaterThanOrEqual(0.9);
    await expectGoodRecording(lab, world, sent);
    await noRuntimeLeft(world);
  },
  4 * MINUTES,
);

// Zoom's client in the page, and in a frame, where the words are not in the page's own document.
it.each([
  { platform: 'google-meet', words: /denied your request to join|can't join this/i },
  { platform: 'microsoft-teams', words: /denied|declined|not.{1,20}let you in|can't join/i },
  { platform: 'zoom', words: /removed|denied|declined|not.{1,20}let you in|can't join/i },
  { platform: 'zoom', variant: 3, words: /removed|denied|declined|not.{1,20}let you in|can't join/i },
] as const)(
  '$platform: a bot that is denied keeps what the page said: $words',
  async ({ words, ...place }) => {
    const sent = await send(world, lab, { participants: 1, deny_after_ms: 1_000, ...place });
    const bot = await world.untilStatus(sent.bot.id, ['FATAL'], 2 * MINUTES);
    expect(bot).toMatchObject({ sub_code: 'denied', attempt: 1, reason: { category: 'admission' } });
    expect(onlyGuest(lab, sent.code)).toMatchObject({ admitted_at: null, left_by: 'denied' });
    const kept = await evidence(world, bot.id);
    expect(kept.map(({ purpose }) => purpose).sort()).toEqual(['page_html', 'screenshot']);
    const contentOf = (wanted: string) => kept.find(({ purpose }) => purpose === wanted)?.content;
    expect(contentOf('page_html')?.toString()).toMatch(words);
    expect(contentOf('screenshot')?.subarray(1, 4).toString()).toBe('PNG');
    // Below this a picture of this size is one colour.
    expect(contentOf('screenshot')?.length).toBeGreaterThan(8_000);
  },
  3 * MINUTES,
);
