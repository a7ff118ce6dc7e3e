import type { Random } from './random.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const VERBS = words(`
  check compare collect describe document estimate explain filter group inspect list merge migrate
  normalise order parse prepare rank refactor remove rename replace report review rewrite round sample
  schedule select sort split store summarise test trace translate trim update validate verify write
`)
const ADJECTIVES = words(`
  active annual brief central clear common daily direct early empty exact final first formal former full
  general hidden initial inner internal joint large late legal local long manual minor missing modern
  narrow nested new numeric official open optional outer partial past plain primary private public quick
  rare raw recent regional relative remote rough short simple single stable standard static steady strict
  total unique upper urgent valid visual weekly whole wide yearly
`)
const NOUNS = words(`
  account address agenda alarm answer archive argument article audit balance batch branch bridge budget
  buffer cabinet cache calendar camera campaign cargo catalogue chapter chart claim client clock column
  comment contract counter coupon course cursor customer dataset deadline delivery department deposit
  design device diagram discount document driver engine entry error estimate event exam export factory
  feature field figure filter folder forecast format garden gateway graph guest guide handler header
  hotel import index invoice item journal journey kernel kitchen label lesson letter library licence
  limit list loan machine manual market matrix meeting member menu message meter method metric migration
  minute model module month network note object offer office order package page paper parcel parser
  patient payment period permit person phrase plan player policy price printer problem product profile
  project protocol query queue quota range rate receipt record region register report request response
  result review room route rule salary sample scanner schedule schema school script season section sensor
  server session sheet shelf shift shipment signal site sketch socket source stage station step stock
  store stream student study summary supplier survey switch system table task tenant term test ticket
  timeline title token topic track trainer transfer trip unit update user vehicle vendor version visit
  voucher warehouse warning week window worker workflow zone
`)
const JOINS = words('before after without against beside within behind across despite unless')

/** A sentence of plain words; long enough runs of it hardly ever come twice. */
export const sentence = (random: Random): string => {
  const noun = (): string => random.pick(NOUNS)
  const thing = (): string =>
    random.chance(0.6) ? `${random.pick(ADJECTIVES)} ${noun()}` : `${noun()} ${noun()}`
  const tail = random.chance(0.7) ? ` ${random.pick(JOINS)} the ${thing()}` : ` and the ${thing()}`
  const number = random.chance(0.15) ? ` ${2 + random.below(900)} times` : ''
  const verb = random.pick(VERBS)
  return `${verb.charAt(0).toUpperCase()}${verb.slice(1)} the ${thing()}${tail}${number}.`
}

/** Several sentences. */
export const prose = (random: Random, sentences: number): string => {
  const all: string[] = []
  for (let at = 0; at < sentences; at++) all.push(sentence(random))
  return all.join(' ')
}

/** Lower-case name of a thing, such as a project or a file. */
export const thingName = (random: Random): string => `${random.pick(NOUNS)}-${random.pick(NOUNS)}`

/** One word for another, as a paraphrase has it. */
export const anyWord = (random: Random): string =>
  random.pick(random.chance(0.5) ? NOUNS : random.chance(0.5) ? ADJECTIVES : VERBS)

/** A text with about `share` of its words put otherwise. */
export const paraphrased = (text: string, share: number, random: Random): string =>
  share <= 0
    ? text
    : text
        .split(' ')
        .map((word) => (random.chance(share) ? anyWord(random) : word))
        .join(' ')
