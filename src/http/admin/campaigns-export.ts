import type { CampaignEvidence, CampaignMember } from '../../core/campaign.ts'
import { evidenceLines, memberLine } from './campaigns-csv.ts'
import { evidenceView, memberView } from './campaigns-view.ts'

/** Forms a campaign can be exported in. */
export const EXPORT_FORMATS = ['json', 'csv'] as const

/** One of {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Members in one piece: some 50 KB. */
const PIECE = 500

const pieces = function* (
  members: readonly CampaignMember[],
  write: (member: CampaignMember, index: number) => string,
): Generator<string> {
  for (let from = 0; from < members.length; from += PIECE) {
    yield members
      .slice(from, from + PIECE)
      .map((member, offset) => write(member, from + offset))
      .join('')
  }
}

/**
 * A campaign with its evidence and all its members, piece by piece, so that tens of thousands of members
 * are never one text in memory. JSON is one object `{"campaign": …, "members": […]}`.
 */
export const exportPieces = function* (
  format: ExportFormat,
  evidence: CampaignEvidence,
  members: readonly CampaignMember[],
): Generator<string> {
  if (format === 'csv') {
    yield evidenceLines(evidence)
    yield* pieces(members, (member) => memberLine(evidence.id, member))
    return
  }
  yield `{"campaign":${JSON.stringify(evidenceView(evidence))},"members":[`
  yield* pieces(
    members,
    (member, index) => `${index === 0 ? '' : ','}\n${JSON.stringify(memberView(member))}`,
  )
  yield ']}\n'
}

/** Pieces as a body that makes the next one when the reader has taken the last. */
export const pieceStream = (source: Generator<string>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      pull: (controller) => {
        const step: IteratorResult<string, unknown> = source.next()
        if (step.done === true) controller.close()
        else controller.enqueue(encoder.encode(step.value))
      },
      cancel: () => void source.return(undefined),
    },
    { highWaterMark: 1 },
  )
}
