import { z } from 'zod'
import { askAdmin } from './ask-admin.ts'
import { harmless } from './campaigns-table.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'

/** What is printed is told by the guard; the rest of its answer is passed on as it is. */
const answerForm = z.looseObject({ id: z.string(), text: z.string().max(4_000_000) })

const MAX_LINE_CHARS = 4_000

/**
 * Asks a running guard why a recorded call was decided as it was, and what smallest change would have
 * changed that.
 */
export const explainDecision = async (
  {
    decision,
    admin,
    json,
  }: { readonly decision: string; readonly admin: string; readonly json: boolean },
  streams: Streams,
): Promise<ExitCode> => {
  const path = `/api/v1/decisions/${encodeURIComponent(decision)}/explanation?text=true`
  const answer = await askAdmin(admin, path)
  if (!answer.ok) {
    streams.err.write(`stillwatch: ${answer.conflict ?? answer.what}\n`)
    return answer.exit
  }
  const told = answerForm.safeParse(answer.body)
  if (!told.success) {
    const at = new URL(admin).origin
    streams.err.write(
      `stillwatch: what answers at ${at} does not explain decisions as this version does\n`,
    )
    return EXIT.failed
  }
  const { text, ...rest } = told.data
  // Texts of callers are in it; each line is made harmless for a terminal.
  const lines = text.split('\n').map((line) => harmless(line, MAX_LINE_CHARS))
  streams.out.write(json ? `${JSON.stringify(rest)}\n` : `${lines.join('\n')}\n`)
  return EXIT.done
}
