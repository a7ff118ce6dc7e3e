import type { Ground } from './app-ground.ts'
import { createHuman } from './challenges/human.ts'
import { createProofOfWork } from './challenges/proof-of-work.ts'
import type { Seals } from './challenges/seal.ts'
import type { Challenge, ChallengeKind } from './core/challenge.ts'
import type { HumanVendor } from './http/challenges/shown.ts'

/** The kinds of challenge that the settings offer. */
export type OpenKinds = {
  readonly challenges: ReadonlyMap<ChallengeKind, Challenge>
  /** What the page of a `human` challenge loads; `undefined` where nobody verifies it. */
  readonly vendor: HumanVendor | undefined
  close(): Promise<void>
}

const hostsOf = (hostnames: readonly string[], publicUrl: string | undefined): readonly string[] =>
  hostnames.length > 0 || publicUrl === undefined ? hostnames : [new URL(publicUrl).hostname]

/** Opens them; `stepUp` is the one that the operator's side answers. */
export const openKinds = (
  { settings, clock, suppression }: Ground,
  seals: Seals,
  stepUp: Challenge,
): OpenKinds => {
  const { human, public_url: publicUrl } = settings.challenges
  const challenges = new Map<ChallengeKind, Challenge>([
    ['proof_of_work', createProofOfWork({ seals, clock })],
    ['step_up', stepUp],
  ])
  if (human === undefined) {
    return { challenges, vendor: undefined, close: () => Promise.resolve() }
  }
  const asked = createHuman({
    vendor: human.vendor,
    secretKey: human.secret_key,
    siteKey: human.site_key,
    hostnames: hostsOf(human.hostnames, publicUrl),
    verifyUrl: human.verify_url,
    timeoutMs: human.timeout,
    posture: human.posture,
    clock,
    onProblem: (problem) =>
      suppression.note(`human ${problem.kind}`, 'warn', { ...problem }, 'challenge human'),
  })
  challenges.set('human', asked)
  return {
    challenges,
    vendor: { vendor: human.vendor, siteKey: human.site_key, scriptUrl: human.script_url },
    close: () => asked.close(),
  }
}
