// Says on a page of alerts that something has changed since it was opened. Without it the page reads as well, and says what was so then.

const news = document.querySelector('[data-alerts-news]');
let first = null;

const events = new EventSource('/api/v1/alerts/events');
events.addEventListener('alerts', (event) => {
  first ??= event.lastEventId;
  news.hidden = event.lastEventId === first;
});
