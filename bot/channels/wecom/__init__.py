"""企业微信: 微信客服 (kf), 群机器人 (robot), 智能机器人 (aibot) and 应用消息 (app)."""
