/** Style sheets that the bundler makes. */
declare module "virtual:chart.css";
