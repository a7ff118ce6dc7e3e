import type { Mark } from '../../core/campaign.ts'
import type { Detector, DetectorOptions } from '../detector-seam.ts'
import type { DetectorSetup } from './detector-protocol.ts'

/** A detector, and why it does not go on from what was saved; `undefined` where it does. */
export type RestoredDetector = { readonly detector: Detector; readonly refused: string | undefined }

/** Makes a detector from what was saved, or where that is of no use one that begins anew. */
export const restoredDetector = (options: {
  readonly createDetector: (options: DetectorOptions) => Detector
  readonly setup: DetectorSetup
  readonly saved: Uint8Array | undefined
  readonly onMark: (mark: Mark) => void
  readonly onProblem: (because: string) => void
}): RestoredDetector => {
  const { createDetector, setup, saved, onMark, onProblem } = options
  if (saved === undefined) {
    return { detector: createDetector({ ...setup, onMark, onProblem }), refused: undefined }
  }
  let making = true
  let refused: string | undefined
  const heard = (because: string): void => {
    if (making) refused = because
    onProblem(because)
  }
  try {
    return { detector: createDetector({ ...setup, onMark, saved, onProblem: heard }), refused }
  } catch (error) {
    heard(
      `the saved state is of no use: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown'}`,
    )
    return { detector: createDetector({ ...setup, onMark, onProblem }), refused }
  } finally {
    making = false
  }
}
