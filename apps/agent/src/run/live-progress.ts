/** Passes the first value at once, then at most one each `everyMs`: always the newest, and the last one too. */
export function throttled<T>(
  everyMs: number,
  pass: (value: T) => void,
): { offer(value: T): void; end(): void } {
  let waiting: { value: T } | undefined
  let timer: NodeJS.Timeout | undefined
  const tick = () => {
    timer = undefined
    if (waiting === undefined) return
    const { value } = waiting
    waiting = undefined
    pass(value)
    timer = setTimeout(tick, everyMs)
  }
  return {
    offer(value) {
      waiting = { value }
      if (timer === undefined) tick()
    },
    end() {
      clearTimeout(timer)
      timer = undefined
      if (waiting !== undefined) pass(waiting.value)
      waiting = undefined
    },
  }
}
