// Makes the engine's data of a platform's two modules, selectors.ts and texts.ts, whose lists have the same names on
// every platform. What a platform does not have it leaves out.
import type { ChatSelectors, DeviceControls, FieldSelector, PlatformData, Texts } from './data.ts';
import type { OverKind, RefusedKind, TextRule } from './texts.ts';
import { CONSENT, CONSENT_BUTTONS, CONSENT_NEVER, JOIN_FALLBACK, JOIN_NEVER } from './words.ts';

type List = readonly string[];

export interface SelectorsModule {
  PEOPLE_ZONES: List;
  NAME_MARKS: List;
  TOASTS: List;
  DIALOGS: List;
  PROMINENT: List;
  JUNK_ZONES: List;
  NAME_INPUTS: readonly FieldSelector[];
  PASSCODE_INPUTS?: List;
  JOIN_BUTTONS?: List;
  CALL_MARKERS: List;
  LOBBY_MARKERS: List;
  OVER_MARKERS?: List;
  CAPTCHAS: List;
  CAPTCHA_MIN: { width: number; height: number };
  LEAVE_BUTTONS: List;
  DEVICES: readonly DeviceControls[];
  CONSENT_OK: string;
  GATES?: List;
  POPUPS?: List;
  JOIN_AUDIO?: List;
  CHAT: ChatSelectors;
}

export interface TextsModule {
  OVER_RULES: readonly TextRule<OverKind>[];
  REFUSED_RULES: readonly TextRule<RefusedKind>[];
  REFUSED_BUTTONS?: List;
  LOBBY_RULES: readonly RegExp[];
  NOT_STARTED_RULES: readonly RegExp[];
  CANCEL_BUTTONS?: List;
  RECONNECTING_RULES: readonly RegExp[];
  ALONE_RULES: readonly RegExp[];
  ADMITTED_RULES?: readonly RegExp[];
  SPLASH_RULES: readonly RegExp[];
  SIGN_IN_HEADING: RegExp;
  SIGN_IN_SUPPORT: RegExp;
  GATE_BUTTONS: List;
  POPUP_BUTTONS: List;
  DEVICE_CARDS?: List;
  JOIN_BUTTONS: Texts['joinButtons'];
  LEAVE_CONFIRM_BUTTONS: List;
}

/** The parts of a platform's data that are lists. */
export function assemble(
  selectors: SelectorsModule,
  texts: TextsModule,
): Pick<PlatformData, 'zones' | 'selectors' | 'texts'> {
  return {
    zones: {
      people: selectors.PEOPLE_ZONES,
      nameMarks: selectors.NAME_MARKS,
      toasts: selectors.TOASTS,
      dialogs: selectors.DIALOGS,
      prominent: selectors.PROMINENT,
      junk: selectors.JUNK_ZONES,
    },
    selectors: {
      nameInputs: selectors.NAME_INPUTS,
      passcodeInputs: selectors.PASSCODE_INPUTS ?? [],
      joinButtons: selectors.JOIN_BUTTONS ?? [],
      callMarkers: selectors.CALL_MARKERS,
      lobbyMarkers: selectors.LOBBY_MARKERS,
      overMarkers: selectors.OVER_MARKERS ?? [],
      captchas: selectors.CAPTCHAS,
      captchaMin: selectors.CAPTCHA_MIN,
      leaveButtons: selectors.LEAVE_BUTTONS,
      devices: selectors.DEVICES,
      consentOk: selectors.CONSENT_OK,
      gates: selectors.GATES ?? [],
      popups: selectors.POPUPS ?? [],
      joinAudio: selectors.JOIN_AUDIO ?? [],
      chat: selectors.CHAT,
    },
    texts: {
      over: texts.OVER_RULES,
      refused: texts.REFUSED_RULES,
      refusedButtons: texts.REFUSED_BUTTONS ?? [],
      lobby: texts.LOBBY_RULES,
      notStarted: texts.NOT_STARTED_RULES,
      cancelButtons: texts.CANCEL_BUTTONS ?? [],
      reconnecting: texts.RECONNECTING_RULES,
      alone: texts.ALONE_RULES,
      admitted: texts.ADMITTED_RULES ?? texts.ALONE_RULES,
      splash: texts.SPLASH_RULES,
      signInHeading: texts.SIGN_IN_HEADING,
      signInSupport: texts.SIGN_IN_SUPPORT,
      consent: CONSENT,
      consentNever: CONSENT_NEVER,
      consentButtons: CONSENT_BUTTONS,
      gateButtons: texts.GATE_BUTTONS,
      popupButtons: texts.POPUP_BUTTONS,
      deviceCards: texts.DEVICE_CARDS ?? [],
      joinButtons: texts.JOIN_BUTTONS,
      joinFallback: JOIN_FALLBACK,
      joinNever: JOIN_NEVER,
      leaveConfirmButtons: texts.LEAVE_CONFIRM_BUTTONS,
    },
  };
}
