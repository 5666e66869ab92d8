// Tells which parts have changed: by server-sent events, and by asking every three seconds while they fail.

const ALL = ['flow', 'stream', 'training', 'versions', 'benchmarks'];

export function listen(onChange, onState) {
  let polling = null;
  const source = new EventSource('/api/v1/events');
  const poll = () => {
    if (!polling) polling = setInterval(() => onChange(new Set(ALL)), 3000);
  };
  source.onopen = () => {
    clearInterval(polling);
    polling = null;
    onState('live', 'live');
    onChange(new Set(ALL));
  };
  source.addEventListener('change', (event) => onChange(new Set(JSON.parse(event.data).parts)));
  source.onerror = () => {
    onState('away', 'no connection, trying again');
    poll();
  };
}
