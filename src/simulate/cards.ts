import { createZipf, randomName, type Random } from './random.ts'

/** How an account is paid. */
export type Funding = {
  readonly status: 'none' | 'trial' | 'prepaid' | 'card' | 'invoice'
  readonly funding?: 'credit' | 'debit' | 'prepaid'
  /** First digits of the card. */
  readonly issuer?: string
  readonly instrument?: string
  readonly country?: string
}

/** Who issues cards: banks, makers of prepaid cards, makers of virtual ones. */
export type Cards = {
  /** A card of an ordinary customer. */
  readonly ordinary: (
    random: Random,
    country: string | undefined,
    funding?: 'credit' | 'debit' | 'prepaid',
  ) => Funding
  /** A card out of the first `issuers` programmes that sell prepaid or virtual cards in numbers. */
  readonly bought: (
    random: Random,
    issuers: number,
    country: string,
    funding: 'credit' | 'debit' | 'prepaid',
  ) => Funding
}

/** Banks: 2,500 with a Zipf exponent of 0.9. */
const BANKS = 2_500
/**
 * Programmes: few firms issue nearly all prepaid cards and nearly all virtual ones, for honest people as
 * for others. Their numbers are guesses.
 */
const PREPAID_PROGRAMMES = 12
const VIRTUAL_PROGRAMMES = 200
/** Of cards on file some 5 to 10 % are prepaid, and about as many virtual; guesses. */
const PREPAID = 0.07
const VIRTUAL = 0.08
const CREDIT = 0.55
/** Cards of another country than that of the place: people abroad, on a VPN, paid by a firm elsewhere. */
const FOREIGN = 0.06
const COUNTRIES = ['US', 'GB', 'DE', 'IN', 'FR', 'SG', 'CA', 'NL'] as const

const issuerText = (rank: number): string =>
  `${rank % 3 === 0 ? 5 : 4}${String(10_007 + ((rank * 7_919) % 89_989)).padStart(5, '0')}`

/** See {@link Cards}. */
export const createCards = (): Cards => {
  const bank = createZipf(BANKS, 0.9)
  const prepaid = createZipf(PREPAID_PROGRAMMES, 0.9)
  const virtual = createZipf(VIRTUAL_PROGRAMMES, 0.9)
  const made = (
    random: Random,
    rank: number,
    funding: 'credit' | 'debit' | 'prepaid',
    country: string | undefined,
  ): Funding => ({
    status: 'card',
    funding,
    issuer: issuerText(rank),
    instrument: `card_${randomName(random, 14)}`,
    ...(country === undefined ? {} : { country }),
  })
  return {
    ordinary: (random, home, kind) => {
      const draw = random.unit()
      const funding =
        kind ?? (draw < PREPAID ? 'prepaid' : random.chance(CREDIT) ? 'credit' : 'debit')
      const rank =
        funding === 'prepaid'
          ? BANKS + prepaid(random)
          : random.chance(VIRTUAL)
            ? BANKS + PREPAID_PROGRAMMES + virtual(random)
            : bank(random)
      return made(random, rank, funding, random.chance(FOREIGN) ? random.pick(COUNTRIES) : home)
    },
    bought: (random, issuers, country, funding) => {
      const [first, count] =
        funding === 'prepaid'
          ? [BANKS, PREPAID_PROGRAMMES]
          : [BANKS + PREPAID_PROGRAMMES, VIRTUAL_PROGRAMMES]
      return made(random, first + random.below(Math.min(issuers, count)), funding, country)
    },
  }
}
