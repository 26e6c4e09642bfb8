"""微信公众号 (服务号): one customer at a time, replies within the window, templates after it."""
