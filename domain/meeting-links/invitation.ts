// What invitations say in words: a meeting ID, a passcode, and whose meeting it is. In the languages in which
// the platforms write their invitations.

const ID_LABELS = [
  'Meeting[ -]?ID',
  'Webinar[ -]?ID',
  '(?:Zoom|Teams)[ -]?ID',
  'Meeting[ -](?:number|code)',
  'Besprechungs-?ID',
  'ID de (?:la )?r[ée]union',
  'ID de (?:la )?reuni[óo]n',
  'ID da reuni[ãa]o',
  'ID riunione',
  'Vergader(?:ings)?-?ID',
  'M[öo]tes-?ID',
  'M[øo]de-?ID',
  'Идентификатор (?:конференции|собрания)',
  'Identyfikator spotkania',
  '会议\\s?ID',
  '會議\\s?ID',
  '会議\\s?ID',
  'ミーティング\\s?ID',
  '회의\\s?ID',
];
const PASSCODE_LABELS = [
  'Passcode',
  'Passwor[dt]',
  'Pass code',
  'Kenncode',
  'Kennwort',
  'Passwort',
  'Code secret',
  "Code d['’]acc[èe]s",
  'Mot de passe',
  'C[óo]digo de acceso',
  'Contrase[ñn]a',
  'Senha(?: de acesso)?',
  "Codice d['’]accesso",
  'Wachtwoord',
  'Toegangscode',
  'L[öo]senord',
  'Adgangskode',
  'Kod dost[ęe]pu',
  'Has[łl]o',
  'Код доступа',
  'Пароль',
  'パスコード',
  'パスワード',
  '密码',
  '密碼',
  '암호',
];

const ID = new RegExp(`(?:${ID_LABELS.join('|')})[\\s:：#]{0,8}(\\d(?:[ \\u00a0-]?\\d){7,16})(?!\\d)`, 'giu');
/** Whole numbers of phones and hosts have labels of their own. */
const PASSCODE = new RegExp(
  `(?<!(?:phone|numeric|telephone|audio|host|webinar host)[ -])(?:${PASSCODE_LABELS.join('|')})(?:[ \\u00a0*]{0,3}(?:[:：=]| is\\b)[\\s*]{0,8}|\\s{1,8}(?=\\S{0,31}\\d))([\\w@*!#$%^&+=?~.-]{1,32})`,
  'giu',
);
const NO_PASSCODE = /^(?:none|no|not|n\/a|required|https?|is|for|when)$/i;

/** Something said in words, and where in the text. */
export interface Said {
  at: number;
  value: string;
  /** The words themselves. */
  text: string;
}

/** The meeting IDs that a text names, without blanks. */
export function idsIn(text: string): Said[] {
  return [...text.matchAll(ID)].map((match) => ({
    at: match.index,
    value: (match[1] ?? '').replaceAll(/\D/g, ''),
    text: match[0],
  }));
}

/** The passcodes that a text names. */
export function passcodesIn(text: string): Said[] {
  return [...text.matchAll(PASSCODE)]
    .map((match) => ({
      at: match.index,
      value: (match[1] ?? '').replace(/[.,?]+$/, '').replace(/\*\*$/, ''),
      text: match[0],
    }))
    .filter(({ value }) => value !== '' && !NO_PASSCODE.test(value));
}

/** Whose meeting IDs these are: by what the text says, else by their length. */
export function platformOfId(text: string, digits: string): 'microsoft-teams' | 'zoom' {
  const teams = /\bteams\b/i.test(text);
  const zoom = /\bzoom/i.test(text);
  if (teams !== zoom) return teams ? 'microsoft-teams' : 'zoom';
  return digits.length > 11 ? 'microsoft-teams' : 'zoom';
}
