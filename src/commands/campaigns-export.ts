import { createWriteStream } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CampaignMember } from '../core/campaign.ts'
import { causeCodeOf } from '../core/cause-code.ts'
import { exportPieces, type ExportFormat } from '../http/admin/campaigns-export.ts'
import { askAdminFor } from './ask-admin.ts'
import { openSource, refuse, type CampaignsGround, type CampaignsOptions } from './campaigns.ts'
import { campaignPath, noCampaign, type Answer } from './campaigns-source.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** A large campaign over a slow line. */
const DEADLINE_MS = 120_000

/** What `campaigns export` is told. */
export type ExportOptions = CampaignsOptions & {
  readonly id: string
  readonly format: ExportFormat
  /** A file, which is overwritten; `-` is standard output. */
  readonly out: string
}

/** Writes a body as it comes; a sentence about what went wrong, if anything did. */
const write = async (
  from: AsyncIterable<Uint8Array | string> | Iterable<string>,
  { out }: ExportOptions,
  { streams }: CampaignsGround,
): Promise<string | undefined> => {
  // Account names are nobody else's business.
  const to: Writable = out === '-' ? streams.out : createWriteStream(out, { mode: 0o600 })
  try {
    await pipeline(Readable.from(from), to, { end: out !== '-' })
    return undefined
  } catch (error) {
    const code = causeCodeOf(error)
    // A reader that went away (`| head`) has what it wanted.
    if (out === '-' && (code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE')) return undefined
    const place = out === '-' ? 'standard output' : out
    return `the export broke off${code === undefined ? '' : ` (${code})`}; ${place} is not complete`
  }
}

/** Every member, page by page. */
const allMembers = async (
  page: (after: string | undefined) => Promise<
    Answer<{
      readonly members: readonly CampaignMember[]
      readonly next: string | undefined
    }>
  >,
): Promise<Answer<readonly CampaignMember[]>> => {
  const all: CampaignMember[] = []
  let after: string | undefined
  do {
    const answer = await page(after)
    if (!answer.ok) return answer
    all.push(...answer.value.members)
    after = answer.value.next
  } while (after !== undefined)
  return { ok: true, value: all }
}

const exportFromAdmin = async (
  options: ExportOptions & { readonly admin: string },
  ground: CampaignsGround,
): Promise<ExitCode> => {
  const path = campaignPath(options.id, `/export?format=${options.format}`)
  const asked = await askAdminFor(
    options.admin,
    path,
    // Of a body that was fetched, the pieces are bytes.
    (answer) => write((answer.body ?? []) as AsyncIterable<Uint8Array>, options, ground),
    { deadlineMs: DEADLINE_MS },
  )
  if (!asked.ok)
    return refuse(asked.exit === EXIT.problems ? noCampaign(options.id) : asked, ground)
  return asked.taken === undefined
    ? EXIT.done
    : refuse({ exit: EXIT.failed, what: asked.taken }, ground)
}

/** Writes a campaign with its evidence and all its members to a file or to standard output. */
export const exportCampaign = async (
  options: ExportOptions,
  ground: CampaignsGround,
): Promise<ExitCode> => {
  const { admin, id, format } = options
  if (admin !== undefined) return exportFromAdmin({ ...options, admin }, ground)
  const source = openSource(options, ground)
  if (source === undefined) return EXIT.problems
  const evidence = await source.show(id)
  if (!evidence.ok) return refuse(evidence, ground)
  const members = await allMembers((after) => source.members(id, 100_000, after))
  if (!members.ok) return refuse(members, ground)
  const trouble = await write(exportPieces(format, evidence.value, members.value), options, ground)
  return trouble === undefined ? EXIT.done : refuse({ exit: EXIT.failed, what: trouble }, ground)
}
