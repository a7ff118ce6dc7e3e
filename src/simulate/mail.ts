import { thingName } from './prose.ts'
import { weighted, type Random } from './random.ts'

/** An address as an account source tells of it: letters as x, digits as 9, and the domain. */
export type Mail = { readonly pattern: string; readonly domain: string }

/** Large providers by rough share among sign-ups; a guess from what providers claim of their users. */
const PROVIDERS = {
  'gmail.com': 0.56,
  'outlook.com': 0.11,
  'yahoo.com': 0.06,
  'icloud.com': 0.06,
  'qq.com': 0.08,
  '163.com': 0.04,
  'proton.me': 0.05,
  'gmx.de': 0.04,
}

const LETTERS = { least: 2, middle: 5.8, sd: 1.8, most: 11 }

/** Names have much the same length, so that the same few shapes come again and again. */
const letters = (random: Random): string =>
  'x'.repeat(
    Math.round(
      Math.min(
        LETTERS.most,
        Math.max(LETTERS.least, LETTERS.middle + LETTERS.sd * random.normal()),
      ),
    ),
  )

/** Shape of an ordinary person's name before the @: half are names, a quarter end with a year or a number. */
export const personPattern = (random: Random): string => {
  const draw = random.unit()
  if (draw < 0.28) return `${letters(random)}.${letters(random)}`
  if (draw < 0.53) return letters(random) + letters(random).slice(0, 4)
  if (draw < 0.78) {
    const digits = weighted(random, { 1: 0.2, 2: 0.4, 3: 0.15, 4: 0.25 })
    return `${letters(random)}${'9'.repeat(Number(digits))}`
  }
  return draw < 0.9 ? `x${letters(random)}` : `${letters(random)}_${letters(random)}`
}

/** How an organisation makes addresses out of names; most do it in one of few ways. */
export const conventionOf = (random: Random): ((person: Random) => string) => {
  const draw = random.unit()
  if (draw < 0.5) return (person) => `${letters(person)}.${letters(person)}`
  if (draw < 0.75) return letters
  return (person) => `x${letters(person)}`
}

/** Account numbers of students; many universities have the same shape. */
export const STUDENT_PATTERNS = ['x.xxxxxx99', 'xxx999', 'xx99999', 'xxxx9999'] as const

/** Address of an ordinary customer: most at a provider, those with a business at its domain. */
export const mailOf = (random: Random, business: boolean): Mail =>
  business
    ? { pattern: conventionOf(random)(random), domain: `${thingName(random)}.com` }
    : random.chance(0.04)
      ? { pattern: random.pick(STUDENT_PATTERNS), domain: `campus${random.below(400)}.edu` }
      : { pattern: personPattern(random), domain: weighted(random, PROVIDERS) }
