/** Names and weights of the choices. */
export const SMOOTHING = [['none', 0], ['a little', 0.6], ['more', 0.9], ['strong', 0.97]];

/** Exponential moving average without the bias of its beginning, as other boards smooth. */
export function curve(name, {steps, values}, weight) {
  const raw = steps.map((step, i) => [step, values[i]]);
  if (!(weight > 0 && weight < 1)) return {name, points: raw};
  let mean = 0;
  let share = 0;
  return {name, raw, points: raw.map(([step, value]) => {
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return [step, mean / share];
  })};
}
