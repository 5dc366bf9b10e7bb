// What is used of packages that bring no types.

declare module '@babel/code-frame' {
  export function codeFrameColumns(
    text: string,
    location: {
      start: { line: number; column: number }
      end: { line: number; column: number }
    },
    options: { linesAbove: number; linesBelow: number; startLine: number },
  ): string
}

declare module 'asciichart' {
  export function plot(
    series: readonly number[],
    options: { height: number; format: (value: number) => string },
  ): string
}
