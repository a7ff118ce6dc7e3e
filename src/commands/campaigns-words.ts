import type { Axis, CampaignMoment, Level } from '../core/campaign.ts'

/** What is done at each level, as operators call it. */
export const LEVEL_WORDS: readonly string[] & { readonly [L in Level]: string } = [
  'observe',
  'reshape',
  'shared budget',
  'step-up',
  'deny',
]

/** What each axis asks, in one phrase. */
export const AXIS_WORDS: { readonly [A in Axis]: string } = {
  uniformity: 'members call alike',
  routing: 'addresses rotate',
  client: 'client is not what it says',
  value: 'work worth distilling',
  handover: 'conversations change accounts',
  pivot: 'all move to a new model',
  supply: 'accounts come from one source',
}

/** Names of trait families, singly; a combination is named by its parts. */
const FAMILY_WORDS: { readonly [family: string]: string } = {
  client: 'client stack',
  stack: 'client headers',
  cli: 'client stack',
  template: 'instructions',
  tpl: 'instructions',
  tools: 'tools',
  decode: 'decoding profile',
  ops: 'decoding profile',
  task: 'task',
  environment: 'environment',
  env: 'environment',
  network: 'network',
  asn: 'network operator',
  country: 'country',
  instrument: 'payment instrument',
  funding: 'kind of funding',
  bin: 'card issuer',
  email: 'e-mail pattern',
  emailPattern: 'e-mail pattern',
  week: 'sign-up week',
  conduct: 'conduct',
  cell: 'conduct',
  model: 'model',
}

/** A family of traits in words: `client stack and instructions`. Names nobody knows stay as they are. */
export const familyWords = (family: string): string => {
  const parts = family
    .split('+')
    .map((part) => (Object.hasOwn(FAMILY_WORDS, part) ? (FAMILY_WORDS[part] ?? part) : part))
  const last = parts.pop() ?? ''
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
}

/** A level with its number, as tables show it: `2 shared budget`. */
export const levelText = (level: Level): string => `${level} ${LEVEL_WORDS[level]}`

/** What happened, in words. */
export const MOMENT_WORDS: { readonly [W in CampaignMoment['what']]: string } = {
  linked: 'linked',
  raised: 'raised',
  lowered: 'lowered',
  confirmed: 'confirmed',
  dismissed: 'dismissed',
  released: 'released, all members',
  member_released: 'one member released',
  ended: 'ended',
}

/** A text as one word of a shell, whatever it holds. */
export const wordOf = (text: string): string =>
  /^[\w.:/~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
