namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>How the page looks: by day and by night, on a phone, on paper.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root {
          --paper: #f6f7f9; --card: #ffffff; --ink: #17202b; --soft: #56616f; --rule: #dde2e8; --accent: #2457c5; --area: #2457c526;
          --good: #14703c; --good-soft: #e2f4e9; --bad: #b3261e; --bad-soft: #fce8e6; --open: #7a5200; --open-soft: #fdf1d8;
          --loaded: #2457c5; --unchanged: #8aa4d6; --rejected: #c9372c; --skipped: #a9b1bb;
          --band-a: #2457c50d; --band-b: #14703c12; --band-c: #7a520012;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #11161d; --card: #1a212b; --ink: #e8ecf1; --soft: #a3aebb; --rule: #303a46; --accent: #8ab0ff; --area: #8ab0ff33;
            --good: #7fd6a2; --good-soft: #173425; --bad: #ff9d94; --bad-soft: #43201d; --open: #f2c56b; --open-soft: #3a2d10;
            --loaded: #6f9bff; --unchanged: #44608f; --rejected: #ff7a6e; --skipped: #5c6673;
            --band-a: #8ab0ff12; --band-b: #7fd6a214; --band-c: #f2c56b14;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
        header { padding-top: 2rem; }
        .eyebrow { margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
        h1 { margin: .1rem 0 .4rem; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; overflow-wrap: anywhere; }
        h2 { margin: 0 0 .8rem; font-size: 1.15rem; }
        p { margin: 0 0 .8rem; overflow-wrap: anywhere; }
        .lead { display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: center; color: var(--soft); }
        .badge { padding: .1rem .7rem; border-radius: 1rem; font-weight: 600; font-size: .9rem; }
        .good { color: var(--good); background: var(--good-soft); }
        .bad { color: var(--bad); background: var(--bad-soft); }
        .open { color: var(--open); background: var(--open-soft); }
        .note { padding: .7rem .9rem; border-radius: .5rem; }
        section { margin: 1rem 0; padding: 1.1rem; background: var(--card); border: 1px solid var(--rule); border-radius: .8rem; }
        section > :last-child { margin-bottom: 0; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .6rem; margin: 0 0 1rem; }
        .card { padding: .6rem .8rem; border: 1px solid var(--rule); border-left: .3rem solid var(--rule); border-radius: .5rem; }
        .card.loaded { border-left-color: var(--loaded); } .card.unchanged { border-left-color: var(--unchanged); }
        .card.rejected { border-left-color: var(--rejected); } .card.skipped { border-left-color: var(--skipped); }
        .card dt { color: var(--soft); font-size: .85rem; }
        .card dd { margin: 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; }
        .sum { color: var(--soft); font-variant-numeric: tabular-nums; }
        svg { display: block; width: 100%; }
        .bar { height: 1rem; margin-bottom: .5rem; border-radius: .3rem; }
        rect.loaded { fill: var(--loaded); } rect.unchanged { fill: var(--unchanged); } rect.rejected { fill: var(--rejected); } rect.skipped { fill: var(--skipped); }
        figure { margin: 0 0 .8rem; }
        figcaption { color: var(--soft); font-size: .85rem; }
        .chart { height: auto; overflow: visible; }
        .chart text { fill: var(--soft); font-size: 12px; }
        .chart .phase { font-weight: 600; }
        .grid { stroke: var(--rule); }
        .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
        .area { fill: var(--area); }
        .band { fill: var(--band-a); } .band.relationships { fill: var(--band-b); } .band.verification { fill: var(--band-c); }
        .scroll { position: relative; overflow-x: auto; margin-bottom: .8rem; }
        .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        table { width: 100%; border-collapse: collapse; font-size: .95rem; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        th, td { padding: .45rem .7rem .45rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
        thead th { color: var(--soft); font-weight: 600; font-size: .85rem; white-space: nowrap; }
        tbody th { font-weight: 600; }
        tbody tr:last-child > * { border-bottom: 0; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 0; padding-left: .9rem; }
        .long { overflow-wrap: anywhere; min-width: 8rem; }
        .facts { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.2rem; margin: 0; }
        .facts dt { color: var(--soft); }
        .facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
        footer { padding-bottom: 2rem; color: var(--soft); font-size: .85rem; }
        @media (max-width: 34rem) {
          section { padding: .9rem; }
          .cards { grid-template-columns: repeat(2, 1fr); }
          .card:first-child { grid-column: 1 / -1; }
          .facts { grid-template-columns: 1fr; gap: 0; }
          .facts dd { margin-bottom: .5rem; }
          .chart text { font-size: 26px; }
          .chart .phase { display: none; }
          table { font-size: .85rem; }
          .number { padding-left: .5rem; }
        }
        @media print {
          :root {
            --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --accent: #2457c5; --area: #2457c526;
            --good: #14703c; --good-soft: #fff; --bad: #b3261e; --bad-soft: #fff; --open: #7a5200; --open-soft: #fff;
            --loaded: #2457c5; --unchanged: #8aa4d6; --rejected: #c9372c; --skipped: #a9b1bb;
          }
          body { font-size: 10.5pt; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          header { padding-top: 0; }
          section { border: 0; border-top: 1px solid var(--rule); border-radius: 0; padding: .7rem 0; margin: 0; }
          h2 { break-after: avoid; }
          figure, .cards { break-inside: avoid; }
          th, td { padding-top: .25rem; padding-bottom: .25rem; }
          .scroll { overflow: visible; }
          .note, .badge { border: 1px solid currentColor; }
          tr { break-inside: avoid; }
        }

        """;
}
