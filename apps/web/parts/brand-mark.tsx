/** A cleat with still water below: the mark of Holdfast. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg
      aria-hidden
      viewBox="76 150 360 270"
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      className={className}
    >
      <path d="M92 176 C140 178 166 200 206 200 H306 C346 200 372 178 420 176" strokeWidth="40" />
      <path d="M214 206 L198 300 M298 206 L314 300 M148 306 H364" strokeWidth="36" />
      <path d="M92 388 C146 362 202 362 256 388 S366 414 420 388" strokeWidth="24" opacity=".6" />
    </svg>
  )
}
