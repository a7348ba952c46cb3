/** `20261124-182005`, in UTC: names what was made at a moment, in order. */
export function stamp(moment: Date): string {
  return moment.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
}
