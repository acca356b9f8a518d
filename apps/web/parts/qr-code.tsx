import type { QrPicture } from '#web/trpc/types.ts'

const QUIET = 4

/** A QR code as the machine drew it: dark on white in both themes, because cameras need it so. */
export function QrCode({ picture, label }: { picture: QrPicture; label: string }) {
  const side = picture.size + 2 * QUIET
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
      className="size-56 max-w-full justify-self-center rounded-card border border-line"
    >
      <rect width={side} height={side} fill="#ffffff" />
      <path d={picture.path} fill="#000000" transform={`translate(${QUIET} ${QUIET})`} />
    </svg>
  )
}
