/** Aligns the first column to the left, and the others to the right or to the left. */
export function table(
  lines: readonly (readonly string[])[],
  others: 'left' | 'right' = 'right',
): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  )
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return column === 0 || others === 'left' ? cell.padEnd(width) : cell.padStart(width)
        })
        .join('  '),
    )
    .map((line) => `  ${line}`.trimEnd())
    .join('\n')
}
