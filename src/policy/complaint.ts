/** Something wrong inside the text of one condition. The compiler turns it into a problem of its file. */
export type Complaint = {
  /** Position in the text, in UTF-16 units. */
  readonly start: number
  readonly what: string
  readonly instead: string
}
