import type { CampaignLabel } from '../../core/campaign.ts'
import { labelText, parseLabel } from './label-text.ts'

/** What a label's line in the journal begins with; a batch of observations begins with a bracket. */
const LABEL = 'L'

/** The line of a label among those of observations. */
export const labelLine = (label: CampaignLabel): string => `${LABEL}${labelText(label)}`

/** Whether a line is meant to be a label. */
export const isLabelLine = (line: string): boolean => line.startsWith(LABEL)

/** The label of a line; `undefined` for one that holds none. */
export const labelOfLine = (line: string): CampaignLabel | undefined =>
  isLabelLine(line) ? parseLabel(line.slice(LABEL.length)) : undefined
