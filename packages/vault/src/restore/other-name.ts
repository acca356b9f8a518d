import type { TargetTree } from '../ports.ts'
import { type BytePath, fromBytePath } from '../scan/path-order.ts'

/** A free name beside one that is taken: `photo (restored).jpg`, `photo (restored 2).jpg`, … */
export function otherName(target: TargetTree, path: BytePath): BytePath {
  const slash = path.lastIndexOf('/') + 1
  const dot = path.lastIndexOf('.')
  const cut = dot > slash ? dot : path.length
  for (let n = 1; ; n += 1) {
    const mark = n === 1 ? ' (restored)' : ` (restored ${n})`
    // 255 bytes is the longest name that file systems take.
    const stem = path.slice(slash, cut).slice(0, 255 - mark.length - (path.length - cut))
    const free = `${path.slice(0, slash)}${stem}${mark}${path.slice(cut)}`
    if (target.lstat(fromBytePath(free)) === undefined) return free
  }
}
