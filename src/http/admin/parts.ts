import type { ClearanceAdministration } from '../../challenges/clearance-administration.ts'
import type { Campaigns, Marks } from '../../core/campaign.ts'
import type { Demand, Mode } from '../../core/decision.ts'
import type { FactName, Facts } from '../../core/facts.ts'
import type { Problem } from '../../core/problem.ts'
import type { Clock, Limiter } from '../../core/seams.ts'
import type { Attempts } from '../../limits/attempts.ts'
import type { FleetState } from '../../limits/fleet/state.ts'
import type { OverrideAdministration } from '../../overrides/override-administration.ts'
import type { SwitchKeeper } from '../../policy/switch-keeper.ts'
import type { DecisionQueries } from '../../sinks/decision-query.ts'
import type { Audit } from './audit.ts'
import type { Judging } from './judging.ts'

/** What a token may do: a viewer reads, an operator also changes and reads the audit. */
export type AdminRole = 'viewer' | 'operator'

/** A token of the settings, or the one made at the first start. */
export type AdminToken = {
  /** Stands in the audit. */
  readonly name: string
  readonly role: AdminRole
  readonly token: string
}

/** A rule or limit as it is in force. */
export type SwitchView = {
  readonly id: string
  readonly mode: Mode
  /** Per cent of entities. */
  readonly rollout: number
  /** What the files say; differs from the above where a switch is set. */
  readonly written: { readonly mode: Mode; readonly rollout: number }
  readonly why: string | undefined
  readonly file: string
  readonly line: number
  /** Verdict of a rule or what a limit counts, in the words of the document. */
  readonly does: string
  /** Facts that name the counters of a limit; absent for a rule. */
  readonly per?: readonly FactName[]
}

/** The policy in force and what is wrong with the files. */
export type PolicyView = {
  readonly revision: string
  readonly loadedAtMs: number
  readonly documents: readonly string[]
  readonly rules: readonly SwitchView[]
  readonly limits: readonly SwitchView[]
  /** Ids of rules that can meet an unknown fact without asking for it. */
  readonly unguarded: readonly string[]
  /** Whether the files have problems and an older policy is in force. */
  readonly stale: boolean
  /** Problems of the last reading; empty where it succeeded. */
  readonly problems: readonly Problem[]
}

/** How the process is doing: all but `ready` take no calls. */
export type Readiness = {
  readonly state: 'ready' | 'draining' | 'no_policy' | 'no_workers'
  /** Parts that do not work as they should, such as `decision-index`. */
  readonly degraded: readonly string[]
}

/** What the admin listener is made of. */
export type AdminParts = {
  readonly clock: Clock
  readonly version: string
  readonly tokens: readonly AdminToken[]
  /**
   * Host names the listener answers to beside `localhost` and any address: a name is what a rebinding
   * attack needs, and a page cannot make a browser send an address it did not name.
   */
  readonly hosts: readonly string[]
  readonly readiness: () => Readiness
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
  readonly policy: {
    view(): PolicyView
    /** Reads the files again; `ok` tells whether they are in force. */
    reload(): Promise<{ readonly ok: boolean }>
  }
  readonly decisions: DecisionQueries
  /** A network as records show it, by what an operator typed; `undefined` for neither address nor network. */
  readonly networkWanted: (text: string) => string | undefined
  readonly accounts: {
    /** What is known of an account now; `undefined` for one that is not known. */
    facts(id: string, atMs: number): Facts | undefined | Promise<Facts | undefined>
  }
  /** Limits that would apply to a call with these facts. */
  readonly demands: (facts: Facts) => readonly Demand[]
  readonly limiter: Pick<Limiter, 'peek' | 'forget'>
  /** How limits stand with the other processes; `undefined` where this one counts alone. */
  readonly fleet: () => FleetState | undefined
  /** The detector of campaigns; absent where none runs. */
  readonly campaigns?: Campaigns | undefined
  /** What its latest word about an entity is, where this process hears it. */
  readonly marks?: Marks | undefined
  /** Clearances in the hands of operators; absent where no challenges are issued. */
  readonly clearances?: ClearanceAdministration | undefined
  /** What operators set beside the files of the policy; absent where nobody keeps it. */
  readonly switches?: Pick<SwitchKeeper, 'known' | 'latest' | 'change'> | undefined
  /** What operators have said of single callers; absent where nobody keeps it. */
  readonly overrides?:
    | {
        readonly administration: OverrideAdministration
        /** Whether the facts of a call are those of a proven customer. */
        isProven(facts: Facts): boolean
        degraded(): readonly string[]
      }
    | undefined
  /** The policy itself, to explain by and to try changes against; absent where none judges. */
  readonly judging?: Judging | undefined
  readonly audit: Audit
  /** Told of what nobody foresaw. */
  readonly onInternal: (error: unknown) => void
  /** Wrong tokens of peers. */
  readonly attempts: Attempts
}
