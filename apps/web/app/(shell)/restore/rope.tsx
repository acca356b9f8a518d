'use client'

import { Minus, Plus } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { cn } from '#web/parts/class-names.ts'
import { useNow } from '#web/parts/now.ts'
import type { Snapshot } from '#web/trpc/types.ts'
import { longMoment, nearDay } from '#web/words/moments.ts'
import { nearestKnot, ropeKnots } from './rope-geometry.ts'

type RopeProps = {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly selected: number
  readonly onSelect: (index: number) => void
}

const HEIGHT = 52
const MIDDLE = HEIGHT / 2

/** The timeline: a knot per snapshot, bigger where more was added. Touch, drag, arrow keys, or the buttons beside it. */
export function Rope({ snapshots, selected, onSelect }: RopeProps) {
  const now = useNow()
  const [box, width] = useWidth()
  const knots = ropeKnots(snapshots, selected, width)
  const chosen = snapshots[selected]
  const [first] = knots
  const last = knots.at(-1)
  const older = first !== undefined && first.index > 0
  const newer = last !== undefined && last.index < snapshots.length - 1

  const pick = (event: PointerEvent<HTMLDivElement>) => {
    const knot = nearestKnot(knots, event.clientX - event.currentTarget.getBoundingClientRect().left)
    if (knot !== undefined) onSelect(knot.index)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const to = keyTarget(event.key, selected, snapshots.length)
    if (to === undefined) return
    event.preventDefault()
    onSelect(to)
  }

  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <Button
          className="size-13 bg-card"
          size="icon"
          aria-label="Older snapshot"
          disabled={selected <= 0}
          onClick={() => onSelect(selected - 1)}
        >
          <Minus aria-hidden className="size-5" />
        </Button>
        <div
          ref={box}
          role="slider"
          tabIndex={0}
          aria-label="Snapshot"
          aria-valuemin={1}
          aria-valuemax={snapshots.length}
          aria-valuenow={selected + 1}
          aria-valuetext={chosen === undefined ? '' : knotWords(chosen, now)}
          onKeyDown={onKeyDown}
          onPointerDown={pick}
          onPointerMove={(event) => event.buttons === 1 && pick(event)}
          className="min-w-0 grow cursor-pointer touch-pan-y rounded-xl"
        >
          <svg
            aria-hidden
            width={width}
            height={HEIGHT}
            viewBox={`0 0 ${width} ${HEIGHT}`}
            className="block w-full"
          >
            <line
              x1={older ? 0 : (first?.x ?? 0)}
              x2={newer ? width : (last?.x ?? width)}
              y1={MIDDLE}
              y2={MIDDLE}
              className="stroke-line"
              strokeWidth="3"
              strokeLinecap="round"
            />
            {knots.map((knot) =>
              knot.index === selected ? (
                <circle
                  key={knot.index}
                  cx={knot.x}
                  cy={MIDDLE}
                  r="11"
                  className="fill-card stroke-sea"
                  strokeWidth="4"
                />
              ) : (
                <KnotMark
                  key={knot.index}
                  x={knot.x}
                  radius={knot.radius}
                  whole={snapshots[knot.index]?.outcome === 'complete'}
                />
              ),
            )}
          </svg>
        </div>
        <Button
          className="size-13 bg-card"
          size="icon"
          aria-label="Newer snapshot"
          disabled={selected >= snapshots.length - 1}
          onClick={() => onSelect(selected + 1)}
        >
          <Plus aria-hidden className="size-5" />
        </Button>
      </div>
      <p
        className={cn(
          'caption num flex flex-wrap justify-between gap-x-2 px-15 *:whitespace-nowrap max-[22rem]:px-1',
          snapshots.length === 1 && 'justify-center',
        )}
      >
        {snapshots.length > 1 && <span>{edgeWords(snapshots, first?.index, now)}</span>}
        <span>
          {selected + 1} of {snapshots.length}
        </span>
        {snapshots.length > 1 && <span>{edgeWords(snapshots, last?.index, now)}</span>}
      </p>
    </div>
  )
}

function knotWords(snapshot: Snapshot, now: Date): string {
  const moment = longMoment(snapshot.at, now)
  return snapshot.outcome === 'complete' ? moment : `${moment}, ${snapshot.outcome}`
}

/** A round knot, or a hollow diamond where the snapshot lacks something: told by its shape as well as its colour. */
function KnotMark({ x, radius, whole }: { x: number; radius: number; whole: boolean }) {
  if (whole) return <circle cx={x} cy={MIDDLE} r={radius} className="fill-sea" />
  const reach = radius + 2
  return (
    <path
      d={`M${x} ${MIDDLE - reach}L${x + reach} ${MIDDLE}L${x} ${MIDDLE + reach}L${x - reach} ${MIDDLE}Z`}
      className="fill-card stroke-risk-mark"
      strokeWidth="2.5"
    />
  )
}

function edgeWords(snapshots: readonly Snapshot[], index: number | undefined, now: Date): string {
  const edge = index === undefined ? undefined : snapshots[index]
  return edge === undefined ? '' : nearDay(edge.at, now)
}

function keyTarget(key: string, selected: number, count: number): number | undefined {
  const to = {
    ArrowLeft: selected - 1,
    ArrowDown: selected - 1,
    ArrowRight: selected + 1,
    ArrowUp: selected + 1,
  }
  const ends = { Home: 0, End: count - 1, PageDown: selected - 10, PageUp: selected + 10 }
  const target: number | undefined = new Map(Object.entries({ ...to, ...ends })).get(key)
  return target === undefined ? undefined : Math.min(count - 1, Math.max(0, target))
}

/** The width of an element as it is now, 240 before it is known. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(240)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [box, width] as const
}
