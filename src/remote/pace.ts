/** How fast a model runs, from where it was some while ago. */

/** Milliseconds that a pace is measured over at least. */
const span = 500

/** Steps a second, of late. */
export class Pace {
  value = 0
  private time = 0
  private step = 0

  /** Takes in how far the model is at a time, in milliseconds. A count that went back begins anew. */
  measure(time: number, step: number): void {
    const back = step < this.step
    if (time - this.time < span && !back) return
    if (!back && this.time !== 0) this.value = ((step - this.step) * 1000) / (time - this.time)
    this.time = time
    this.step = step
  }
}
