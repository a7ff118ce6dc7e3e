import type { CampaignEvidence, CampaignMember } from '../../core/campaign.ts'

type Cell = string | number | boolean | undefined

const COLUMNS = [
  'kind',
  'campaign',
  'entity',
  'probability',
  'joined_at',
  'level',
  'calls',
  'name',
  'text',
  'value',
  'threshold',
  'reference',
  'positive',
  'entities',
  'expected',
  'lift',
  'adds',
] as const

/** One line: a kind, and whichever columns say something about it. */
type Row = { readonly kind: string; readonly campaign: string } & {
  readonly [C in (typeof COLUMNS)[number]]?: Cell
}

/**
 * What a spreadsheet takes for a formula, also behind blanks, which it drops, and in full width, which
 * some take for the plain sign (OWASP, CSV Injection).
 */
const FORMULA = /^(?:[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|[\t\r\n])/u

/** Numbers and words of our own as they are; texts quoted, and with an apostrophe where they could run. */
const cellText = (cell: Cell): string => {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  if (typeof cell === 'boolean') return String(cell)
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell
  return /^[\w.:/-]*$/.test(harmless) ? harmless : `"${harmless.replaceAll('"', '""')}"`
}

const line = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`

const rowLine = (row: Row): string => line(COLUMNS.map((column) => row[column]))

const timeOf = (ms: number | undefined): string | undefined =>
  ms === undefined || !Number.isFinite(ms) ? undefined : new Date(ms).toISOString()

/**
 * A campaign as CSV (RFC 4180): a line with the names of the columns, then what is known of the campaign,
 * one line a piece of evidence, told apart by `kind`. Members follow by {@link memberLine}.
 */
export const evidenceLines = (evidence: CampaignEvidence): string => {
  const { id: campaign } = evidence
  const linkRow = (kind: 'link' | 'hub', link: CampaignEvidence['links'][number]): Row => ({
    kind,
    campaign,
    name: link.family,
    text: link.shown,
    value: link.llr,
    entities: link.entities,
    expected: link.expected,
    lift: link.lift,
  })
  const rows: Row[] = [
    {
      kind: 'campaign',
      campaign,
      joined_at: timeOf(evidence.firstLinkedAtMs),
      level: evidence.level,
      name: evidence.state,
      text: evidence.axes.join(' '),
      value: evidence.score,
      entities: evidence.members,
    },
    ...evidence.judged.map((axis) => ({
      kind: 'axis',
      campaign,
      name: axis.axis,
      text: axis.measured,
      value: axis.unknown === true ? undefined : axis.value,
      threshold: axis.threshold,
      reference: axis.reference,
      positive: axis.positive,
      adds: axis.adds,
    })),
    ...evidence.links.map((link) => linkRow('link', link)),
    ...evidence.hubs.map((link) => linkRow('hub', link)),
    ...evidence.history.map((moment) => ({
      kind: 'moment',
      campaign,
      entity: moment.by,
      joined_at: timeOf(moment.atMs),
      level: moment.level,
      name: moment.what,
      text: moment.note,
    })),
  ]
  return line(COLUMNS) + rows.map(rowLine).join('')
}

/** One member as a line of the same CSV. */
export const memberLine = (campaign: string, member: CampaignMember): string =>
  rowLine({
    kind: 'member',
    campaign,
    entity: member.entity,
    probability: member.probability,
    joined_at: timeOf(member.joinedAtMs),
    level: member.level,
    calls: member.calls,
  })
